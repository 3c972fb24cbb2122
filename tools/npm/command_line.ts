/**
 * The command line in the package for npm.
 *
 * @module
 */
import ts from "typescript";

/** Where the program is, in the package. */
export const BIN = "bin/totem.js";

/** The program: npm makes it executable, and a command of it on Windows. */
export const PROGRAM = `#!/usr/bin/env node
import { main } from "../src/cli.js";

process.exitCode = await main(process.argv.slice(2));
`;

/** A module without `using`, which is a syntax error in Node 20 and 22. */
export function lowerUsing(code: string): string {
  if (!/^\s*(await )?using \w/m.test(code)) return code;
  return ts.transpileModule(code, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
    },
  }).outputText;
}
