// What the user does, with the program's own handlers of it: clicks, menus, drag and drop.
const hands = {
  // The account as the wizard makes it, from what the user typed; then its folders are opened.
  async setUp(account) {
    const trust = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
    if (account.ca) {
      trust.addCertFromBase64(account.ca, "C,,");
    }
    const { AccountConfig } = ChromeUtils.importESModule(
      "resource:///modules/accountcreation/AccountConfig.sys.mjs");
    const { CreateInBackend } = ChromeUtils.importESModule(
      "resource:///modules/accountcreation/CreateInBackend.sys.mjs");
    const config = new AccountConfig();
    const login = {
      hostname: "localhost",
      username: account.login,
      password: account.password,
      socketType: Ci.nsMsgSocketType.SSL,
      auth: Ci.nsMsgAuthMethod.passwordCleartext,
    };
    Object.assign(config.incoming, login, { type: "imap", port: account.imap });
    Object.assign(config.outgoing, login, { type: "smtp", port: account.smtp });
    config.identity = { realname: account.name, emailAddress: account.address };
    config.rememberPassword = true;
    const made = await CreateInBackend.createAccountInBackend(config);
    made.incomingServer.prettyName = account.title;
    const pane = eyes.pane();
    made.incomingServer.performExpand(pane.top.msgWindow);
  },

  // A click on a folder.
  openFolder(names) {
    const row = eyes.folderRow(names);
    for (let above = row; above; above = above.parentNode.closest("li")) {
      eyes.pane().folderTree.expandRow(above);
    }
    row.querySelector(".name").click();
  },

  // A click on a mail.
  openMail(subject) {
    const tree = eyes.pane().threadTree;
    tree.scrollToIndex(eyes.index(subject), true);
    tree.selectedIndex = eyes.index(subject);
    tree.table.body.focus();
  },

  shown(popup) {
    return new Promise(done => popup.addEventListener("popupshown", done, { once: true }));
  },

  // Right click, Tag, and the tag of this label in the menu.
  async tag(label) {
    const pane = eyes.pane();
    const row = pane.threadTree.getRowAtIndex(pane.threadTree.selectedIndex);
    const menu = pane.document.getElementById("mailContext");
    let opened = hands.shown(menu);
    row.dispatchEvent(new pane.MouseEvent("contextmenu", { bubbles: true, button: 2 }));
    await opened;
    const tags = pane.document.getElementById("mailContext-tagpopup");
    opened = hands.shown(tags);
    pane.document.getElementById("mailContext-tags").openMenu(true);
    await opened;
    await pane.document.l10n.translateElements([...tags.children].filter(e => e.dataset.l10nId));
    const item = [...tags.children].find(one => one.getAttribute("label")?.endsWith(label));
    tags.activateItem(item);
  },

  // A mail of the list is dragged onto a folder. Was it in one's hand? A list that is just being
  // built anew has no row for it.
  drag(subject, names) {
    hands.openMail(subject);
    const pane = eyes.pane();
    const carried = new pane.DataTransfer();
    const at = { bubbles: true, cancelable: true, dataTransfer: carried };
    const index = pane.threadTree.selectedIndex;
    const row = pane.threadTree.getRowAtIndex(index);
    if (!row || index !== eyes.index(subject)) {
      return false;
    }
    row.dispatchEvent(new pane.DragEvent("dragstart", at));
    carried.dropEffect = "move";
    const target = eyes.folderRow(names).querySelector(".name");
    target.dispatchEvent(new pane.DragEvent("drop", at));
    return true;
  },

  // A digit key, in the list of mails.
  press(digit) {
    const pane = eyes.pane();
    const typing = Cc["@mozilla.org/text-input-processor;1"].createInstance(
      Ci.nsITextInputProcessor);
    typing.beginInputTransactionForTests(pane);
    const key = new pane.KeyboardEvent("", { key: digit, code: `Digit${digit}`,
      keyCode: pane.KeyboardEvent[`DOM_VK_${digit}`] });
    typing.keydown(key);
    typing.keyup(key);
  },

  // Types the password into each dialog that asks for it from now on; at once, because Marionette
  // dismisses what waits. (It also forbids to remember passwords.) eyes.asked() tells what was asked.
  answerPasswordDialogs(password) {
    const main = Services.wm.getMostRecentWindow("mail:3pane");
    main.passwordsAsked = [];
    Services.obs.addObserver(box => {
      const field = box.document.getElementById("password1Textbox");
      if (field && !box.document.getElementById("password1Container").hidden) {
        main.passwordsAsked.push(box.document.getElementById("infoBody").textContent);
        field.value = password;
        box.setTimeout(() => box.document.getElementById("commonDialog").acceptDialog());
      }
    }, "common-dialog-loaded");
  },

  // The button "Reply" of the open mail.
  reply() {
    eyes.message().getElementById("hdrReplyButton").click();
  },

  // The button "Forward" of the open mail.
  forward() {
    eyes.message().getElementById("hdrForwardButton").click();
  },

  // Another recipient of the mail that is being written.
  address(recipient) {
    const window = eyes.composer();
    const row = window.document.getElementById("addressRowTo");
    window.addressRowAddRecipientsArray(row, [recipient]);
  },

  // The recipients of the mail that is being written taken away, and this one typed.
  addressOnly(recipient) {
    const window = eyes.composer();
    for (const pill of [...window.document.querySelectorAll("mail-address-pill")]) {
      pill.remove();
    }
    hands.address(recipient);
  },

  // The button "Reply All" of the open mail.
  replyAll() {
    const window = eyes.pane().messageBrowser.contentWindow;
    window.ReplyAllMessage ? window.ReplyAllMessage() : window.MsgReplyToAllMessage(null);
  },

  // "Customize From Address" of the mail that is being written.
  writeAs(sender) {
    const window = eyes.composer();
    window.MakeFromFieldEditable(true);
    window.document.getElementById("msgIdentity").value = sender;
  },

  // Typed at the top of the mail that is being written.
  type(text) {
    const editor = eyes.composer().gMsgCompose.editor;
    editor.beginningOfDocument();
    editor.insertText(text);
  },

  // "Save" > "Draft" of the mail that is being written: what the program does by itself in time.
  save() {
    eyes.composer().goDoCommand("cmd_saveAsDraft");
  },

  // The button "Send".
  send() {
    eyes.composer().document.getElementById("button-send").click();
  },

  // The dialog's button.
  acceptDialog() {
    for (const box of Services.wm.getEnumerator(null)) {
      if (box.location.href.endsWith("/commonDialog.xhtml")) {
        box.document.getElementById("commonDialog").acceptDialog();
        return;
      }
      for (const frame of box.document.querySelectorAll("browser.dialogFrame")) {
        frame.contentDocument.getElementById("commonDialog").acceptDialog();
        return;
      }
    }
  },

  // Close what lies on the main window: pop-ups, dialogs, drafts ("Don't save").
  tidyUp() {
    for (const popup of Services.wm.getEnumerator("alert:alert")) {
      popup.close();
    }
    hands.acceptDialog();
    for (const window of Services.wm.getEnumerator("msgcompose")) {
      window.gContentChanged = false;
      window.gMsgCompose.bodyModified = false;
      window.close();
    }
  },
};
