// Asks the browser for a passkey, or to make one, and sends the answer with the form it stands in.
// A button says what is wanted: data-passkey "get" or "create", data-options (JSON from the server),
// data-field (which hidden field takes the answer), data-form (the form, where it stands outside),
// data-auto (at once, without a click), data-cancelled, data-known (words). Without script it is
// hidden, and the place that data-says names says so. Must never write HTML: the policy (trusted-types 'none') refuses it.
"use strict";

const asking = {
  get: async (options) =>
    navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) }),
  create: async (options) =>
    navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) }),
};

function said(button, text) {
  const place = document.getElementById(button.dataset.says);
  place.textContent = text;
  place.hidden = text === "";
}

async function asked(button) {
  said(button, "");
  button.disabled = true; // a second question would cancel the first
  try {
    const options = JSON.parse(button.dataset.options);
    const credential = await asking[button.dataset.passkey](options);
    button.form.elements[button.dataset.field].value = JSON.stringify(credential);
    button.form.submit();
  } catch (error) {
    // Cancelled, too late, or nothing there: browsers don't tell which, so that pages can't find out.
    said(button, error.name === "InvalidStateError" ? button.dataset.known : button.dataset.cancelled);
    button.disabled = false;
  }
}

const able = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
for (const button of document.querySelectorAll("button[data-passkey]")) {
  if (!able) {
    said(button, button.dataset.unable);
    continue;
  }
  said(button, ""); // what stands there is for browsers without script
  button.hidden = false;
  button.addEventListener("click", () => asked(button));
  if ("auto" in button.dataset) asked(button);
}
