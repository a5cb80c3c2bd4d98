/**
 * Builds the extension: `dist/chromium`, `dist/firefox` and one store zip of each.
 *
 *   node build.mjs [--out DIR] [--measure]
 *
 * `--measure` makes a build for benchmarks: the content script writes the milliseconds of its work at load to
 * `data-ask-panda-ms` of the page's root element. The zips hold no dates, so the same sources give the same bytes.
 */
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { zipSync } from "fflate";
import { lexerAlone } from "./marked-lexer.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: { out: { type: "string", default: path.join(root, "dist") }, measure: { type: "boolean", default: false } },
});
const dist = path.resolve(options.out);
const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));

/** Bundles: where it comes from, where it goes. A page that is not there yet is left out. */
const ENTRIES = [
  ["src/content/content.ts", "content"],
  ["src/content/reader.ts", "reader"],
  ["src/background/background.ts", "background"],
  ["src/panel/panel.ts", "panel/panel"],
  ["src/options/options.ts", "options/options"],
];
const IMAGE = /\.(png|svg|jpe?g|webp|gif)$/i;
/** Every date in the zips, so that the build can be repeated; local time, because zip knows no zones. */
const ZIP_DATE = new Date(2000, 0, 1);

/** `import css from "./x.css?inline"`: a style sheet as text, for shadow roots. */
const inlineStyles = {
  name: "inline styles",
  setup(build) {
    build.onResolve({ filter: /\.css\?inline$/ }, ({ path: name, resolveDir }) => ({
      path: path.join(resolveDir, name.replace("?inline", "")),
      namespace: "style",
    }));
    build.onLoad({ filter: /./, namespace: "style" }, async ({ path: file }) => {
      const { code } = await esbuild.transform(await readFile(file, "utf8"), { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text", watchFiles: [file] };
    });
  },
};

/** See marked-lexer.mjs. */
const markedsLexer = {
  name: "marked's lexer alone",
  setup(build) {
    build.onLoad({ filter: /\/marked\.esm\.js$/ }, async ({ path: file }) => ({ contents: lexerAlone(await readFile(file, "utf8")) }));
  },
};

const manifest = await importSource("src/manifest.ts");
for (const browser of ["chromium", "firefox"]) {
  const folder = path.join(dist, browser);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await bundle(folder, browser);
  await copyPages(folder);
  await writeFile(
    path.join(folder, "manifest.json"),
    JSON.stringify(manifest.manifest(browser, version), null, 2) + "\n",
  );
  const archive = `askpanda-${browser}-${version}.zip`;
  await writeFile(path.join(dist, archive), await zip(folder));
  console.log(`${path.relative(process.cwd(), folder)} and ${archive}`);
}

async function bundle(folder, browser) {
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ENTRIES.filter(([from]) => existsSync(path.join(root, from))).map(([from, to]) => ({ in: from, out: to })),
    outdir: folder,
    bundle: true,
    format: "iife",
    target: browser === "chromium" ? "chrome120" : "firefox142",
    charset: "utf8",
    minify: true,
    legalComments: "none",
    define: { __MEASURE__: String(options.measure) },
    logLevel: "warning",
    plugins: [inlineStyles, markedsLexer],
  });
}

/** The pages themselves (their sheets come with the scripts that import them), the icons, and the pictures of answers. */
async function copyPages(folder) {
  for (const page of ["panel", "options"]) {
    // Without the source's comments and its indentation, which is a quarter of it.
    const html = await readFile(path.join(root, "src", page, `${page}.html`), "utf8");
    await writeFile(path.join(folder, page, `${page}.html`), html.replace(/\s*<!--[^]*?-->/g, "").replace(/\n\s+/g, "\n"));
  }
  await copy("icons", path.join(folder, "icons"), /\.png$/);
  await copy("../corpus/images", path.join(folder, "panel", "images"), IMAGE);
}

async function copy(from, to, wanted) {
  const source = path.join(root, from);
  if (!existsSync(source)) return;
  await mkdir(to, { recursive: true });
  for (const name of await readdir(source)) {
    if (wanted.test(name)) await cp(path.join(source, name), path.join(to, name));
  }
}

async function zip(folder) {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.split(path.sep).join("/")).sort();
  const files = {};
  for (const name of names) {
    if ((await stat(path.join(folder, name))).isDirectory()) continue;
    files[name] = [new Uint8Array(await readFile(path.join(folder, name))), { mtime: ZIP_DATE, level: 9 }];
  }
  return zipSync(files);
}

/** The exports of a TypeScript module without imports of its own. */
async function importSource(file) {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [file],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
