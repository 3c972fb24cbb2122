/**
 * The live demo: the page of examples/browser, for a host that sets no headers.
 *
 * @module
 */
import { build } from "../../examples/browser/build.ts";
import { REPOSITORY } from "../npm/manifest.ts";

/** The content security policy from the README of the page. */
export const DEMO_POLICY =
  "default-src 'none'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; manifest-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; require-trusted-types-for 'script'; trusted-types totem";

/**
 * Builds the demo in the folder `out`.
 *
 * @param model A known model or the path of a Totem file. With null, the page explains
 * how to build the demo.
 */
export async function buildDemo(
  out: string,
  model: string | null,
  writeScripts?: (folder: string) => Promise<void>,
): Promise<void> {
  if (model === null) {
    await Deno.mkdir(out, { recursive: true });
    await Deno.writeTextFile(`${out}/index.html`, WITHOUT_MODEL);
    return;
  }
  await build(out, [model], writeScripts);
  const page = await Deno.readTextFile(`${out}/index.html`);
  await Deno.writeTextFile(`${out}/index.html`, withPolicy(page));
}

/** Adds the policy as a meta element, and links to the guides and the source. */
function withPolicy(page: string): string {
  const meta =
    `<meta http-equiv="Content-Security-Policy" content="${DEMO_POLICY}">`;
  const changed = page
    .replace(/(<meta charset="[\w-]+">)/, `$1\n    ${meta}`)
    .replace(/( *<\/footer>)/, `${LINKS}$1`);
  if (!changed.includes(meta) || !changed.includes(LINKS)) {
    throw new Error("Cannot find the head and footer of examples/browser");
  }
  return changed;
}

const LINKS = `\
      <nav aria-label="Site">
        <a href="../index.html">Documentation</a>
        <a href="${REPOSITORY}/tree/main/examples/browser">Source</a>
      </nav>
`;

const WITHOUT_MODEL = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demo – Totem</title>
<link rel="icon" href="../icon.svg">
<link rel="stylesheet" href="../site.css">
</head>
<body>
<main>
<h1>The demo isn't here</h1>
<p>This site was built without a model, which the demo needs:
<code>deno task site --no-model</code>. Build it with
<code>deno task site</code>, or with <code>--model FILE</code>.</p>
<p><a href="../index.html">Documentation</a></p>
</main>
</body>
</html>
`;
