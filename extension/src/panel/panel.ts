/** Starts the panel. `?tab=N` names the sidebar's tab where the page stands outside of it. */
import "./styles/panel.css";
import { App } from "./app";
import { browserExtension } from "./extension";

const tab = Number(new URLSearchParams(location.search).get("tab") ?? Number.NaN);
void new App(browserExtension(), undefined, Number.isInteger(tab) ? tab : undefined).start();
