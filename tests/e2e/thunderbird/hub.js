// The dialog in which a new account is typed: "Account Hub" of Thunderbird 153, as the user sees it.
const hub = {
  email() {
    const main = Services.wm.getMostRecentWindow("mail:3pane");
    const modal = main?.document.querySelector("account-hub-container")?.modal;
    return modal?.open ? modal.querySelector("account-hub-email") : null;
  },

  // The step that shows, by its id; "" where the dialog is closed.
  step() {
    const steps = [...(hub.email()?.querySelectorAll(".account-hub-step") ?? [])];
    return steps.find(one => !one.hidden)?.id ?? "";
  },

  // Can one go on?
  ready() {
    const email = hub.email();
    return !!email && !email.classList.contains("busy") && !email.querySelector("#forward").disabled;
  },

  field(id) {
    const step = hub.email().querySelector("#" + hub.step());
    return step.querySelector("#" + id) ?? step.shadowRoot?.querySelector("#" + id);
  },

  type(id, text) {
    const field = hub.field(id);
    field.value = text;
    field.dispatchEvent(new field.ownerDocument.defaultView.Event("input", { bubbles: true }));
  },

  forward() {
    hub.email().querySelector("#forward").click();
  },

  // What the dialog says at the moment.
  text() {
    return hub.email()?.querySelector("#" + hub.step())?.textContent.replace(/\s+/g, " ") ?? "";
  },

  // The authority that signed the servers' certificates, as an admin installs it.
  trust(authority) {
    const store = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    store.addCertFromBase64(authority, "C,,");
  },

  // What was set up.
  accounts() {
    const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
    const found = [];
    for (const { incomingServer: server, defaultIdentity: from } of MailServices.accounts.accounts) {
      if (server.type == "imap") {
        const sending = MailServices.outgoingServer.getServerByKey(from.smtpServerKey)
          .QueryInterface(Ci.nsISmtpServer);
        found.push({
          imap: [server.hostname, server.port, server.socketType, server.username],
          smtp: [sending.hostname, sending.port, sending.socketType, sending.username],
          from: from.email,
        });
      }
    }
    return found;
  },
};
