// The one script of every page. Each module finds what it works on by a data attribute and does
// nothing when that is absent, so a page says in its HTML which behaviour it wants.

import "./htmx-setup.js";
import { setUpAwaitedParts } from "./awaited-parts.js";
import { watchCharts } from "./charts.js";
import { setUpDialogs } from "./dialogs.js";
import { setUpForms } from "./forms.js";
import { setUpKeepFocus } from "./keep-focus.js";
import { setUpPolling } from "./polling.js";
import { setUpQuickAdd } from "./quick-add.js";
import { setUpSentOnce } from "./sent-once.js";
import { setUpSessionEnd } from "./session-end.js";
import { setUpSelection } from "./selection.js";
import { setUpShortcuts } from "./shortcuts.js";
import { setUpThemeSwitch } from "./theme-switch.js";
import { setUpToasts } from "./toasts.js";
import { setUpUpload } from "./upload.js";
import { setUpLinkCode } from "./link-code.js";
import { setUpPages } from "./row-pages.js";

setUpThemeSwitch();
setUpAwaitedParts();
setUpToasts();
setUpDialogs();
setUpForms();
setUpKeepFocus();
setUpPolling();
setUpQuickAdd();
setUpSelection();
setUpSentOnce();
setUpSessionEnd();
setUpShortcuts();
setUpUpload();
setUpLinkCode();
setUpPages();
watchCharts();
