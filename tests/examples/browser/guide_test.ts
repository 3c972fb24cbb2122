/** The page of docs/browser.md, made as a reader would. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fileOf, narrowNetwork } from "../../backends/simd/narrow_file.ts";
import { readText, ROOT } from "../../docs/texts.ts";
import { answerOf } from "./answer.ts";
import { pageTest, visit } from "./chromium.ts";
import { useBrowser } from "./shared_page.ts";

const PHOTO = new URL("tests/data/images/color.png", ROOT);

const shared = useBrowser();

/** Marks that the page's module has run to its end. */
const READY = "document.body.append('ready');";

pageTest(
  "the page of docs/browser.md works, under the policy that it names",
  async () => {
    const guide = readText("docs/browser.md");
    const [code] = guide.match(/(?<=```js[^\n]*\n)[^]*?(?=```)/)!;
    const [policy] = guide.match(/(?<=Content-Security-Policy: ).*/)!;
    const [html] = guide.match(/(?<=```html\n)[^]*?(?=```)/)!;
    const policed = html.replace(
      "</title>",
      (end) =>
        `${end}<meta http-equiv="Content-Security-Policy" content="default-src 'self'; ${policy}">`,
    );
    assert.notEqual(policed, html);
    const [flags] = guide.match(
      /(?<=deno bundle )--platform.*(?= --outdir)/,
    )!;
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/page.js`, code + READY);
      const { success, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "bundle",
          "--quiet",
          `--config=${fileURLToPath(new URL("deno.json", ROOT))}`,
          ...flags.split(" "),
          "--outdir=dist",
          "page.js",
        ],
        cwd: folder,
      }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      await Deno.writeTextFile(`${folder}/dist/index.html`, policed);
      const network = await narrowNetwork();
      await using model = await fileOf(network);
      await Deno.copyFile(model.path, `${folder}/dist/nsfw.safetensors`);

      await using visited = await visit(shared.browser, `${folder}/dist`);
      const { page } = visited;
      await page.getByText("ready").waitFor();
      await page.getByLabel("Photo").setInputFiles(fileURLToPath(PHOTO));
      const [best] = await answerOf(network, PHOTO, {});
      await page.getByText(best!.label, { exact: true }).waitFor();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
