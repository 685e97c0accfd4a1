// Passkeys: a button asks the device, its answer goes into the form, and the form is sent as any other.
"use strict";
for (const form of document.querySelectorAll("form[data-passkey]")) {
  const { passkey, options } = form.dataset;
  const read = { create: "parseCreationOptionsFromJSON", get: "parseRequestOptionsFromJSON" }[passkey];
  const works = Boolean(window.PublicKeyCredential?.[read]);
  form.hidden = !works;
  if (!works) continue;
  document.querySelector("[data-no-passkeys]")?.remove();
  const trouble = form.querySelector("[data-trouble]");
  form.addEventListener("submit", async (event) => {
    if (form.elements.answer.value) return;
    event.preventDefault();
    trouble.hidden = true;
    try {
      const publicKey = PublicKeyCredential[read](JSON.parse(options));
      const credential = await navigator.credentials[passkey]({ publicKey });
      form.elements.answer.value = JSON.stringify(credential.toJSON());
      form.requestSubmit();
    } catch {
      trouble.hidden = false;
      trouble.focus();
    }
  });
}
