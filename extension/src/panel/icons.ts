/** Our few icons: strokes on a 20 × 20 field, drawn in the text's colour and hidden from screen readers. */
import { s } from "./dom";

const PATHS = {
  close: "M5 5l10 10M15 5L5 15",
  send: "M10 16V4M5 9l5-5 5 5",
  copy: "M7 7V3.5h9.5V13H13M3.5 7H13v9.5H3.5z",
  check: "M4 10.5l4 4 8-9",
  retry: "M16 10a6 6 0 1 1-1.8-4.3M16 3v3.5h-3.5",
  wait: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 2",
  no: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM5.5 14.5l9-9",
  alert: "M10 3.5l7 12.5H3zM10 8.5v3.5M10 14v.2",
  info: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 9.5v4M10 6.5v.2",
  compare: "M3.5 4h5.5v12H3.5zM11 4h5.5v12H11z",
  more: "M5 8l5 5 5-5",
  out: "M8 4H4v12h12v-4M11 4h5v5M16 4l-7 7",
  up: "M3.5 9H6v8H3.5zM6 16l1.5 1H14l2.5-6.5V9H11l.8-4.2L10 3.5 6 9.5",
  down: "M3.5 11H6V3H3.5zM6 4l1.5-1H14l2.5 6.5V11H11l.8 4.2L10 16.5 6 10.5",
  user: "M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 16.5c.5-3 2.8-4.5 6-4.5s5.5 1.5 6 4.5z",
  site: "M3.5 4h13v5h-13zM3.5 11h13v5h-13zM6 6.5h.2M6 13.5h.2M9 6.5h5M9 13.5h5",
  ddm: "M4 5.5C4 4.4 6.7 3.5 10 3.5s6 .9 6 2-2.7 2-6 2-6-.9-6-2zM4 5.5v9c0 1.1 2.7 2 6 2s6-.9 6-2v-9M4 10c0 1.1 2.7 2 6 2s6-.9 6-2",
  system: "M10 7.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM10 2.5v3M10 14.5v3M2.5 10h3M14.5 10h3M4.7 4.7l2.1 2.1M13.2 13.2l2.1 2.1M15.3 4.7l-2.1 2.1M6.8 13.2l-2.1 2.1",
  unknown: "M7.5 7.5c0-1.5 1-2.5 2.5-2.5s2.5 1 2.5 2.3c0 2-2.5 2-2.5 4M10 14.8v.2",
  document: "M5 2.5h6.5L15 6v11.5H5zM11 2.5V6.5h4M7.5 10h5M7.5 13h5",
  error: "M6.5 3h7L17 6.5v7L13.5 17h-7L3 13.5v-7zM10 6.5v4M10 13v.2",
  log: "M3.5 4.5h13v11h-13zM6 8l2 2-2 2M10 12.5h4",
  record: "M3.5 4h13v12h-13zM3.5 8h13M8 8v8",
  analysis: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l4 4",
  live: "M2.5 10h3.5l2-5 3.5 10 2-5h4",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGElement {
  return s(
    "svg",
    { class: "icon", viewBox: "0 0 20 20", "aria-hidden": "true", focusable: "false" },
    s("path", { d: PATHS[name] }),
  );
}
