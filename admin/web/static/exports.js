// While an export is written, its page looks again by itself. Without this file: the link.
"use strict";

if (document.querySelector("[data-writing]")) setTimeout(() => location.replace(location.pathname), 2000);
