/** The page under the strictest content security policies. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { answerOf } from "./answer.ts";
import { ANSWER, givePhotos, pageTest, shown, visit } from "./chromium.ts";
import { usePage } from "./shared_page.ts";

const PHOTO = new URL("../../../examples/photos/drum.jpg", import.meta.url);
const INT8 = { precision: "int8", activationBits: 7 } as const;

const shared = usePage();

const POLICY =
  "default-src 'none'; connect-src 'self'; style-src 'self'; img-src 'self' blob:; manifest-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; require-trusted-types-for 'script'; trusted-types totem";

pageTest(
  "the page works under the policy of its README, with threads, and breaks no rule",
  async () => {
    const readme = await Deno.readTextFile(
      new URL("../../../examples/browser/README.md", import.meta.url),
    );
    const told = readme.match(/Content-Security-Policy: ([^`]+)/)![1]!
      .replace(/\s+/g, " ").trim();
    assert.equal(told, POLICY);
    await using visited = await visit(shared.browser, shared.built.folder, {
      headers: { "content-security-policy": POLICY },
    });
    const { page } = visited;
    const said: string[] = [];
    page.on("console", (it) => said.push(it.text()));
    await page.reload();
    await givePhotos(page, fileURLToPath(PHOTO));
    const { classes, facts } = await shown(page, ANSWER);
    assert.deepEqual(
      classes,
      await answerOf(shared.built.network, PHOTO, INT8),
    );
    assert.match(facts.Backend!, /\d threads$/);
    await page.locator("#classes button").first().click();
    await shown(page, /^Lit up/);
    await page.getByText("Works offline.").waitFor();
    assert.deepEqual(said, []);
  },
);

pageTest(
  "without blob: in worker-src one thread runs, and one is told",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      headers: {
        "content-security-policy": POLICY.replace(
          "worker-src 'self' blob:",
          "worker-src 'self'",
        ),
      },
    });
    const { page } = visited;
    await givePhotos(page, fileURLToPath(PHOTO));
    const { facts } = await shown(page, ANSWER);
    assert.match(facts.Backend!, /1 thread \(.*blob:/);
  },
);

pageTest(
  "where WebAssembly is forbidden the page says whose policy it is",
  async () => {
    await using visited = await visit(shared.browser, shared.built.folder, {
      headers: {
        "content-security-policy": POLICY.replace(" 'wasm-unsafe-eval'", ""),
      },
    });
    await shown(
      visited.page,
      /^This site's security policy forbids WebAssembly/,
    );
  },
);
