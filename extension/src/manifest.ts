/** The one source of both manifests. `build.mjs` calls `manifest` once for each browser. */

export type Browser = "chromium" | "firefox";

/** The monitor that is there without asking; others are added on the options page as optional hosts. */
const MONITOR = "https://bigpanda.cern.ch/*";

/** A backend of one's own machine needs no further permission. */
const LOOPBACK = ["http://127.0.0.1/*", "http://localhost/*"];

/** Any other monitor or backend: asked for when it is set. */
const OPTIONAL = ["https://*/*", "http://*/*"];

/**
 * `connect-src` names both schemes and `upgrade-insecure-requests` is left out, because Firefox otherwise turns a
 * loopback or intranet backend's http address into https.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src https: http:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

export function manifest(browser: Browser, version: string): Record<string, unknown> {
  return {
    manifest_version: 3,
    name: "Ask PanDA",
    version,
    description: "Ask about PanDA jobs and tasks beside the BigPanDA pages that show them.",
    icons: icons(16, 32, 48, 128),
    permissions: ["storage", "contextMenus", "scripting", "activeTab"],
    host_permissions: [MONITOR, ...LOOPBACK],
    optional_host_permissions: OPTIONAL,
    content_security_policy: { extension_pages: CONTENT_SECURITY_POLICY },
    content_scripts: [{ matches: [MONITOR], js: ["content.js"], run_at: "document_end" }],
    action: { default_title: "Ask PanDA", default_icon: icons(16, 32) },
    commands: {
      "toggle-sidebar": {
        suggested_key: { default: "Alt+Shift+K" },
        description: "Open or close the Ask PanDA sidebar",
      },
    },
    options_ui: { page: "options/options.html", open_in_tab: true },
    ...(browser === "chromium" ? chromium() : firefox()),
  };
}

function chromium(): Record<string, unknown> {
  return {
    minimum_chrome_version: "120",
    background: { service_worker: "background.js" },
    // Monitors are the viewer's choice, so any page may be one; the address changes with each session, so that no
    // page can find out that the extension is there.
    web_accessible_resources: [{ resources: ["panel/panel.html"], matches: OPTIONAL, use_dynamic_url: true }],
  };
}

function firefox(): Record<string, unknown> {
  return {
    background: { scripts: ["background.js"] },
    web_accessible_resources: [{ resources: ["panel/panel.html"], matches: OPTIONAL }],
    browser_specific_settings: {
      gecko: {
        id: "askpanda@panda.example",
        strict_min_version: "142.0",
        data_collection_permissions: { required: ["websiteContent", "personallyIdentifyingInfo"] },
      },
    },
  };
}

function icons(...sizes: number[]): Record<string, string> {
  return Object.fromEntries(sizes.map((size) => [size, `icons/icon-${size}.png`]));
}
