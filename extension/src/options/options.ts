/** Starts the options page. */
import "./styles/options.css";
import { browserExtension } from "./extension";
import { OptionsPage } from "./page";

void new OptionsPage(browserExtension()).start();
