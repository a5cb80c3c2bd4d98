/**
 * The panel uses marked's lexer alone, with its default options. What only its parser, its renderer and its other dialects
 * need is taken out of the module's text, before the bundler sees it: a sixth of the panel.
 */

/** The ready-made `marked` function, at the end of the module, holds on to parser and renderer. */
const END = /var \w+=new \w+;function (\w+)\(\w+,\w+\)\{return \w+\.parse\(\w+,\w+\)\}[^]*export\{([^}]*\b\1 as marked\b[^}]*)\};/;
/** Options that the panel leaves as they are: the branches of the others go when the bundler meets a constant. */
const CONSTANT = { pedantic: "!1", gfm: "!0", breaks: "!1", extensions: "null", hooks: "null", silent: "!1" };
/** The tables of rules, of which only GitHub's dialect is read; the others stand in a list as `name={...base,…}`. */
const UNREAD = /,(?:breaks|pedantic):(\w+)/g;

/**
 * @param {string} source marked's bundled module
 * @returns {string} a module that exports Lexer and Tokenizer
 * @throws where marked is made in another way than this knows
 */
export function lexerAlone(source) {
  const end = END.exec(source);
  if (!end) throw new Error("marked's module ends in another way than this build knows; see marked-lexer.mjs.");
  let body = source.slice(0, end.index);
  for (const [name, value] of Object.entries(CONSTANT)) body = body.replaceAll(`this.options.${name}`, value);
  const unread = [...body.matchAll(UNREAD)].map(([, name]) => name);
  body = body.replace(UNREAD, "");
  for (const name of unread) {
    body = body.replace(new RegExp(`,${name}=\\{\\.\\.\\.[^]*?\\}(?=,\\w+=)`), "");
    if (new RegExp(`[^\\w$]${name}=\\{`).test(body)) throw new Error(`marked's rules ${name} stand in another way than this build knows; see marked-lexer.mjs.`);
  }
  const wanted = end[2].split(",").filter((name) => / as (?:Lexer|Tokenizer)$/.test(name));
  return `${body}export{${wanted.join(",")}};`;
}
