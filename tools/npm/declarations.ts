/**
 * Declarations for TypeScript: of each file that the entries reach those statements
 * that an exported symbol needs, and no others. So what is internal, and types of
 * packages that a user may not have, such as tfjs's, stay out.
 *
 * Each file is translated alone, as its exports have explicit types (`deno lint` sees
 * to that).
 *
 * @module
 */
import { posix } from "node:path";
import ts from "typescript";

const OPTIONS: ts.CompilerOptions = {
  declaration: true,
  emitDeclarationOnly: true,
  isolatedDeclarations: true,
  strict: true,
  target: ts.ScriptTarget.ESNext,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
};

/**
 * Makes the declarations of `entries`.
 *
 * @param root The folder that has them, with a slash at its end.
 * @param entries Their paths in it.
 * @returns Texts by their paths, which end in `.d.ts`.
 * @throws {Error} When something that is exported has no explicit type, or reaches a
 * symbol that there isn't.
 */
export async function makeDeclarations(
  root: URL,
  entries: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const modules = new Map<string, Module>();
  const openModule = async (path: string): Promise<Module> => {
    const module = modules.get(path) ??
      readModule(path, await Deno.readTextFile(new URL(path, root)));
    modules.set(path, module);
    return module;
  };

  /** Keeps what a module exports by a name, and what that needs. */
  const keepExport = async (path: string, name: string): Promise<void> => {
    const module = await openModule(path);
    const found = module.exports.get(name);
    if (found === undefined) {
      throw new Error(`${path} has no ${name}`);
    }
    if (module.keptExports.has(name)) return;
    module.keptExports.add(name);
    if (found.from === null) await keepLocal(module, found.name);
    else await keepExport(resolve(path, found.from), found.name);
  };

  /** Keeps what a name stands for within a module. */
  const keepLocal = async (module: Module, name: string): Promise<void> => {
    if (module.keptLocals.has(name)) return;
    const imported = module.imports.get(name);
    const statements = module.declared.get(name);
    if (imported === undefined && statements === undefined) return;
    module.keptLocals.add(name);
    if (imported !== undefined) {
      if (!isRelative(imported.from)) {
        throw new Error(`${module.path} needs ${name} of ${imported.from}`);
      }
      await keepExport(resolve(module.path, imported.from), imported.name);
    }
    for (const statement of statements ?? []) {
      for (const problem of module.problemsIn(statement)) {
        throw new Error(`${module.path}, ${name}: ${problem}`);
      }
      for (const used of identifiersIn(statement)) {
        await keepLocal(module, used);
      }
    }
  };

  for (const entry of entries) {
    const { exports } = await openModule(entry);
    for (const name of exports.keys()) await keepExport(entry, name);
  }
  return new Map(
    [...modules.values()]
      .filter(({ keptExports }) => keptExports.size > 0)
      .map((module) => [module.path.replace(/\.ts$/, ".d.ts"), print(module)]),
  );
}

/** Where a name comes from: another module, or null for the same. */
interface Origin {
  readonly from: string | null;
  readonly name: string;
}

/** The declarations of one file. */
interface Module {
  readonly path: string;
  readonly source: ts.SourceFile;
  /** What there is by name: overloads are several. */
  readonly declared: ReadonlyMap<string, readonly ts.Statement[]>;
  readonly imports: ReadonlyMap<string, Origin & { readonly from: string }>;
  readonly exports: ReadonlyMap<string, Origin>;
  problemsIn(statement: ts.Statement): readonly string[];
  readonly keptLocals: Set<string>;
  readonly keptExports: Set<string>;
}

function readModule(path: string, code: string): Module {
  const { outputText, diagnostics = [] } = ts.transpileDeclaration(code, {
    fileName: path,
    compilerOptions: OPTIONS,
    reportDiagnostics: true,
  });
  const written = ts.createSourceFile(path, code, ts.ScriptTarget.ESNext);
  const problems = diagnostics.map(({ start = 0, messageText }) => ({
    names: written.statements
      .filter((it) => it.pos <= start && start < it.end)
      .flatMap(declaredBy),
    text: ts.flattenDiagnosticMessageText(messageText, " "),
  }));
  const source = ts.createSourceFile(
    path,
    outputText,
    ts.ScriptTarget.ESNext,
    true,
  );
  const declared = new Map<string, ts.Statement[]>();
  const imports = new Map<string, Origin & { readonly from: string }>();
  const exports = new Map<string, Origin>();
  for (const statement of source.statements) {
    if (ts.isImportDeclaration(statement)) {
      const from = textOf(statement.moduleSpecifier);
      const bindings = statement.importClause?.namedBindings;
      if (bindings === undefined || !ts.isNamedImports(bindings)) {
        throw new Error(`${path} must import names of ${from}, one by one`);
      }
      for (const { name, propertyName } of bindings.elements) {
        imports.set(name.text, { from, name: (propertyName ?? name).text });
      }
    } else if (ts.isExportDeclaration(statement)) {
      const { exportClause, moduleSpecifier } = statement;
      if (exportClause === undefined || !ts.isNamedExports(exportClause)) {
        throw new Error(`${path} must name what it exports`);
      }
      const from = moduleSpecifier ? textOf(moduleSpecifier) : null;
      for (const { name, propertyName } of exportClause.elements) {
        exports.set(name.text, { from, name: (propertyName ?? name).text });
      }
    } else {
      for (const name of declaredBy(statement)) {
        declared.set(name, [...declared.get(name) ?? [], statement]);
        if (isExported(statement)) exports.set(name, { from: null, name });
      }
    }
  }
  return {
    path,
    source,
    declared,
    imports,
    exports,
    problemsIn: (statement) =>
      problems
        .filter(({ names }) =>
          declaredBy(statement).some((it) => names.includes(it))
        )
        .map(({ text }) => text),
    keptLocals: new Set(),
    keptExports: new Set(),
  };
}

/** The names that a statement declares. */
function declaredBy(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations
      .flatMap(({ name }) => ts.isIdentifier(name) ? name.text : []);
  }
  const { name } = statement as { readonly name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? [name.text] : [];
}

function isExported(statement: ts.Statement): boolean {
  return ts.canHaveModifiers(statement) &&
    !!ts.getModifiers(statement)?.some(({ kind }) =>
      kind === ts.SyntaxKind.ExportKeyword
    );
}

/** The names that a statement uses; those of members and parameters aren't. */
function identifiersIn(statement: ts.Statement): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: ts.Node) => {
    if (ts.isImportTypeNode(node)) {
      throw new Error(`An import must be a statement: ${node.getText()}`);
    }
    if (ts.isIdentifier(node)) {
      const { name, right } = node.parent as {
        readonly name?: ts.Node;
        readonly right?: ts.Node;
      };
      if (name !== node && right !== node) found.add(node.text);
    } else ts.forEachChild(node, visit);
  };
  ts.forEachChild(statement, visit);
  return found;
}

/** What is kept of a module, as text. */
function print(module: Module): string {
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
 * What makes a file compile for those whose `lib` has no more than ES2022: without the
 * DOM, in Node, there is no `WebAssembly`, whose modules are opaque in the DOM, too.
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

/** Properties that TypeScript 5.9 writes beside methods like `[Symbol.dispose]`. */
function repeatedMembers({ members }: ts.ClassDeclaration) {
  const methods = members.filter(ts.isMethodDeclaration)
    .map(({ name }) => name.getText());
  return members.filter((it) =>
    ts.isPropertyDeclaration(it) && ts.isComputedPropertyName(it.name) &&
    methods.includes(it.name.getText())
  );
}

/** The comment that a file begins with, if it is about the file. */
const MODULE_DOC = /^\s*\/\*\*(?:(?!\*\/)[^])*@module\s*\*\//;

function textOf(specifier: ts.Expression): string {
  return (specifier as ts.StringLiteral).text;
}

function isRelative(specifier: string): boolean {
  return specifier.startsWith(".");
}

/** The path of what the module at `path` imports. */
function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier);
}
