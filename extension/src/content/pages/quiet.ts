/** Addresses where the extension keeps quiet. */

/** No pages of the monitor's own kind: sign-in, plain files, fragments that pages load themselves. */
const QUIET =
  /^\/+(?:login|logout|media|static|api|admin|jobstatuslog|jobrelationships|descendentjoberrsinfo|getjobsummaryfortask|taskstatuslog|tasklogs)(?:\/|$)/;

export function isQuiet(url: URL): boolean {
  return QUIET.test(url.pathname) || url.searchParams.has("json");
}
