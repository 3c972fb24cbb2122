/**
 * The command line in the package for npm.
 *
 * @module
 */
import ts from "typescript";

/** Where the program is, in the package. */
export const BIN = "bin/totem.js";

/**
 * The program: npm makes it executable, and a command of it on Windows. The rest is
 * loaded only where it can run.
 */
export const PROGRAM = `#!/usr/bin/env node
if (typeof process.getBuiltinModule === "function") {
  const { main } = await import("../src/cli.js");
  process.exitCode = await main(process.argv.slice(2));
} else {
  console.error(
    \`error Cannot start as Node must be 20.16, 22.3 or later: current value is \${process.version}\`,
  );
  process.exitCode = 1;
}
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
