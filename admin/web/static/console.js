// Small helps for pages that name this file in the table of routes. Every page works without it.
// Must never write HTML: the policy (trusted-types 'none') refuses it.
"use strict";

// After a refusal the summary is read first, by eyes and by screen readers.
document.getElementById("problems")?.querySelector("a")?.focus();
