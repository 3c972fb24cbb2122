/** The examples in doc comments and texts. */
import { fileURLToPath } from "node:url";
import { ROOT } from "./texts.ts";

/** A block of code that a text shows. */
export interface Example {
  /** The path of the module or text. */
  readonly file: string;
  /** The line of the file in which the code begins, from 1. */
  readonly line: number;
  readonly language: "ts" | "js";
  /** What follows the language. */
  readonly attributes: string;
  /** Without what begins the lines of a doc comment. */
  readonly code: string;
}

const BLOCK = /^( *\* )?.*```(ts|js)\b(.*)\n([^]*?)```/gm;

/** All of them, in `mod.ts`, `src`, README, `docs` and `examples`. */
export async function findExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  const add = async (url: URL) => {
    if (/\.(ts|md)$/.test(url.href)) {
      examples.push(...examplesOf(url, await Deno.readTextFile(url)));
    } else if (url.href.endsWith("/")) {
      for await (const { name, isDirectory } of Deno.readDir(url)) {
        await add(new URL(isDirectory ? `${name}/` : name, url));
      }
    }
  };
  for (const name of ["mod.ts", "src/", "README.md", "docs/", "examples/"]) {
    await add(new URL(name, ROOT));
  }
  return examples;
}

function examplesOf(url: URL, text: string): Example[] {
  return Array.from(
    text.matchAll(BLOCK),
    ({ 0: block, 1: comment, 2: language, 3: attributes, 4: code, index }) => ({
      file: fileURLToPath(url),
      line: text.slice(0, index + block.indexOf("```")).split("\n").length + 1,
      language: language as Example["language"],
      attributes: attributes!,
      code: comment === undefined ? code! : code!.replace(/^ *\* ?/gm, ""),
    }),
  );
}
