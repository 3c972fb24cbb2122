/**
 * Prints the kept declarations of a file.
 *
 * @module
 */
import ts from "typescript";
import { declaredBy, type Module, textOf } from "./declared_module.ts";

/** Prints the kept declarations of a module. */
export function printModule(module: Module): string {
  const { source, keptLocals, keptExports } = module;
  const list = (
    elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[],
    kept: ReadonlySet<string>,
  ) =>
    elements.filter(({ name }) => kept.has(name.text))
      .map((it) => it.getText()).join(", ");
  const from = (specifier: ts.Expression) =>
    JSON.stringify(textOf(specifier).replace(/\.ts$/, ".js"));
  const lines = source.statements.map((statement) => {
    if (ts.isImportDeclaration(statement)) {
      const { importClause, moduleSpecifier } = statement;
      const { elements } = importClause!.namedBindings as ts.NamedImports;
      const names = list(elements, keptLocals);
      const type = importClause!.isTypeOnly ? "type " : "";
      return names &&
        `import ${type}{ ${names} } from ${from(moduleSpecifier)};`;
    }
    if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier, isTypeOnly } = statement;
      const names = list(
        (exportClause as ts.NamedExports).elements,
        keptExports,
      );
      const type = isTypeOnly ? "type " : "";
      const origin = moduleSpecifier ? ` from ${from(moduleSpecifier)}` : "";
      return names && `export ${type}{ ${names} }${origin};`;
    }
    const isKept = declaredBy(statement).some((it) => keptLocals.has(it));
    return isKept ? textWithDoc(statement).trim() : "";
  });
  const [doc] = source.text.match(MODULE_DOC) ?? [];
  const text = [doc?.trim(), ...lines].filter(Boolean).join("\n") + "\n";
  const needs = NEEDS.filter(({ where }) => where.test(text));
  return needs.filter(({ isFirst }) => isFirst).map(({ add }) => add).join("") +
    text +
    needs.filter(({ isFirst }) => !isFirst).map(({ add }) => add).join("");
}

/**
 * Additions that let a file compile with a `lib` of only ES2022: without the DOM, as in
 * Node, `WebAssembly` is undeclared. In the DOM its modules are opaque, too.
 */
const NEEDS = [
  {
    where: /\bDisposable\b|\bSymbol\.dispose\b/,
    isFirst: true,
    add: '/// <reference lib="esnext.disposable" />\n',
  },
  {
    where: /\bWebAssembly\./,
    isFirst: false,
    add:
      "declare global {\n    namespace WebAssembly {\n        interface Module {\n        }\n    }\n}\n",
  },
];

/** A statement with its comment. */
function textWithDoc(statement: ts.Statement): string {
  const text = statement.getFullText();
  const cuts = ts.isClassDeclaration(statement)
    ? repeatedMembers(statement)
    : [];
  return cuts.reduceRight(
    (rest, { pos, end }) =>
      rest.slice(0, pos - statement.pos) + rest.slice(end - statement.pos),
    text,
  ).replace(MODULE_DOC, "");
}

/**
 * Properties that TypeScript 5.9 emits in addition to methods like `[Symbol.dispose]`.
 */
function repeatedMembers({ members }: ts.ClassDeclaration) {
  const methods = members.filter(ts.isMethodDeclaration)
    .map(({ name }) => name.getText());
  return members.filter((it) =>
    ts.isPropertyDeclaration(it) && ts.isComputedPropertyName(it.name) &&
    methods.includes(it.name.getText())
  );
}

/** A comment at the start of a file that documents the module. */
const MODULE_DOC = /^\s*\/\*\*(?:(?!\*\/)[^])*@module\s*\*\//;
