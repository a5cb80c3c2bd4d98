/** What stands beside the text of an answer: tables, groups of errors, bars, times, pictures, commands. */
import type { Block } from "../shared/contract";
import { copyButton } from "./clipboard";
import { type Child, h, shortened } from "./dom";
import { logLines } from "./evidence";
import { code } from "./markdown";
import { shortList } from "./more";
import { tableBlock } from "./table";
import { asArray, asNumber, asText, isRecord, pick } from "./values";

/** All of an answer's. A table of the groups that stand before it as bars tells them once more: it waits behind its title. */
export function blockNodes(blocks: Block[], image: (name: string) => string): (Node | null)[] {
  return blocks.map((block, i) => {
    const node = blockNode(block, image);
    const before = blocks[i - 1];
    const again = block.kind === "table" && before?.kind === "cluster" && asArray(block.data.rows).length === asArray(before.data.clusters).length;
    return node && again ? h("details", {}, h("summary", {}, h("h3", {}, "The same as a table")), node) : node;
  });
}

/** `image` gives the address of one of the extension's own pictures. */
export function blockNode(block: Block, image: (name: string) => string): Node | null {
  const { kind, title, data } = block;
  switch (kind) {
    case "table":
      return tableBlock(title, data);
    case "code":
      return typeof data.start === "number" ? excerpt(title, data, data.start) : codeBlock(title, asText(data.code), asText(data.language));
    case "image":
      return picture(title, data, image);
    case "plot":
      return figure(title, ...plot(data));
    case "cluster":
      return figure(title, clusters(data));
    case "timeline":
      return figure(title, timeline(data));
    default:
      return null;
  }
}

function figure(title: string, ...children: Child[]): HTMLElement {
  return h("figure", { class: "block" }, title && h("figcaption", {}, h("span", {}, title)), ...children);
}

/** A text of this many lines waits behind its title, with a button beside it that copies it as it is. */
const FOLDED_FROM = 8;

function codeBlock(title: string, text: string, language: string): Node {
  const shown = code(text, language);
  if (language !== "text" || text.split("\n").length < FOLDED_FROM) return figure(title, shown);
  const copy = copyButton(`Copy ${title.toLowerCase()}`, () => text);
  return h("figure", { class: "block folded" }, h("details", {}, h("summary", {}, h("h3", {}, title)), shown), copy);
}

/** Lines of a log: {code, start: number of the first one, highlight: [first, last]}. */
function excerpt(title: string, data: Record<string, unknown>, start: number): Node {
  const [first, last] = asArray(data.highlight).map(asNumber);
  const rows = asText(data.code).split("\n").map((text, i) => {
    const number = start + i;
    return { number, text, decisive: number >= (first ?? Infinity) && number <= (last ?? first ?? -Infinity) };
  });
  return figure(title, logLines(rows, title || "Log"));
}

/** Only a picture that came with the extension: a bare file name, or one in `images/`; nothing is fetched from elsewhere. */
function picture(title: string, data: Record<string, unknown>, image: (name: string) => string): Node | null {
  const alt = asText(data.alt) || title;
  const name = /^(?:images\/)?([A-Za-z0-9][\w-]*\.(?:svg|png|webp|jpe?g|gif))$/.exec(asText(data.src))?.[1];
  if (!name) return alt ? h("p", { class: "plain" }, alt) : null;
  const picture = h("img", { src: image(name), alt });
  const shown = figure(title, picture);
  picture.addEventListener("error", () => picture.replaceWith(h("p", { class: "plain" }, alt)));
  return shown;
}

interface Bar {
  label: string;
  value: number;
  note: Child[];
}

/** Groups that are seen at once: the largest ones, for they come first. */
const BARS_SHOWN = 8;
/** Of a group's message this much is shown, and the rest on a click. */
const MESSAGE = 120;

/** Bars as a list, so that every value is text as well; one list a series. */
function plot(data: Record<string, unknown>): Child[] {
  const series = seriesOf(data);
  const most = Math.max(0, ...series.flatMap(({ bars }) => bars.map(({ value }) => value)));
  const unit = asText(data.unit);
  return series.flatMap(({ name, bars }) => [
    name && h("p", { class: "series" }, name),
    barList(bars, most, unit),
  ]);
}

function barList(bars: Bar[], most: number, unit: string): Node {
  const list = h(
    "ul",
    { class: "bar-list" },
    ...bars.map(({ label, value, note }) => {
      const fill = h("i");
      fill.style.setProperty("inline-size", `${most > 0 ? Math.max(0, (100 * value) / most) : 0}%`);
      return h(
        "li",
        {},
        h("span", { class: "label", dir: "auto" }, label, note.length > 0 && h("small", { dir: "auto" }, ...note)),
        h("span", { class: "value" }, `${value.toLocaleString("en", { maximumFractionDigits: 2 })}${unit && ` ${value === 1 ? unit.replace(/s$/, "") : unit}`}`),
        h("span", { class: "bar", "aria-hidden": "true" }, fill),
      );
    }),
  );
  return shortList(list, BARS_SHOWN);
}

/** Takes {labels, values}, {labels, series: [{name, values}]}, {series: [{name, points}]} and {series: [{label, value}]}. */
function seriesOf(data: Record<string, unknown>): { name: string; bars: Bar[] }[] {
  const labels = asArray(data.labels ?? data.categories ?? data.x).map(asText);
  const zipped = (values: unknown): Bar[] =>
    asArray(values).map((value, i) => ({ label: labels[i] ?? asText(i + 1), value: asNumber(value) ?? 0, note: [] }));
  const series = asArray(data.series).filter(isRecord);
  if (series.length === 0) {
    const points = asArray(data.points ?? data.bars).filter(isRecord);
    return [{ name: "", bars: points.length ? points.map(point) : zipped(data.values ?? data.y) }];
  }
  const nested = (one: Record<string, unknown>): unknown => one.points ?? one.values ?? one.data ?? one.y;
  if (series.every((one) => !Array.isArray(nested(one)))) return [{ name: "", bars: series.map(point) }];
  return series.map((one) => {
    const inside = asArray(nested(one));
    return { name: asText(pick(one, "name", "label")), bars: inside.some(isRecord) ? inside.filter(isRecord).map(point) : zipped(inside) };
  });
}

function point(record: Record<string, unknown>): Bar {
  return {
    label: asText(pick(record, "label", "name", "x")),
    value: asNumber(pick(record, "value", "count", "y")) ?? 0,
    note: [],
  };
}

/** Groups of errors with the same cause, largest first as they come. */
function clusters(data: Record<string, unknown>): Node {
  const groups = asArray(data.clusters ?? data.groups ?? data.items ?? data.rows).filter(isRecord);
  const bars = groups.map((group) => ({
    label: asText(pick(group, "label", "title", "name", "cause", "signature")),
    value: asNumber(pick(group, "count", "jobs", "value", "size")) ?? 0,
    note: noteOf(asText(pick(group, "detail", "message", "description", "text")), examples(group)),
  }));
  return barList(bars, Math.max(0, ...bars.map(({ value }) => value)), asText(data.unit));
}

function noteOf(message: string, ids: string): Child[] {
  const short = message.length > MESSAGE ? shortened(message, MESSAGE) : message;
  return [short, message && ids ? `\n${ids}` : ids].filter(Boolean);
}

function examples(group: Record<string, unknown>): string {
  const ids = asArray(pick(group, "examples", "job_ids", "pandaids")).map(asText).filter(Boolean);
  const one = asText(group.example);
  const all = one ? [one, ...ids] : ids;
  return all.length ? `For example: ${all.slice(0, 5).join(", ")}` : "";
}

function timeline(data: Record<string, unknown>): Node {
  const events = asArray(data.events ?? data.items ?? data.points).filter(isRecord);
  return h(
    "ol",
    { class: "timeline" },
    ...events.map((event) => {
      const detail = asText(pick(event, "detail", "description", "note"));
      return h(
        "li",
        {},
        h("span", { class: "time" }, asText(pick(event, "time", "at", "date", "start"))),
        h("span", { class: "what", dir: "auto" }, asText(pick(event, "title", "label", "event", "status", "text"))),
        detail && h("small", { dir: "auto" }, detail),
      );
    }),
  );
}
