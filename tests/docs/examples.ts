/** The examples in doc comments and guides. */
import { fileURLToPath } from "node:url";
import { ROOT } from "./texts.ts";

/** A block of code in a text. */
export interface Example {
  /** The path of the module or text. */
  readonly file: string;
  /** The line in the file where the code starts, from 1. */
  readonly line: number;
  readonly language: "ts" | "js";
  /** The words after the language. */
  readonly attributes: string;
  /** The code, without the prefix of doc comment lines. */
  readonly code: string;
}

const BLOCK = /^( *\* )?.*```(ts|js)\b(.*)\n([^]*?)```/gm;

/** Finds all examples in `mod.ts`, `src`, README, `docs` and `examples`. */
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
