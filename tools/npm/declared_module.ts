/**
 * The declarations of a file. TypeScript emits them from the file alone, as exports
 * have explicit types (`deno lint` enforces that).
 *
 * @module
 */
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

/** The origin of a name: another module, or null for this one. */
interface Origin {
  readonly from: string | null;
  readonly name: string;
}

/** The declarations of one file. */
export interface Module {
  readonly path: string;
  readonly source: ts.SourceFile;
  /** The statements that declare each name; overloads have several. */
  readonly declared: ReadonlyMap<string, readonly ts.Statement[]>;
  readonly imports: ReadonlyMap<string, Origin & { readonly from: string }>;
  readonly exports: ReadonlyMap<string, Origin>;
  problemsIn(statement: ts.Statement): readonly string[];
  readonly keptLocals: Set<string>;
  readonly keptExports: Set<string>;
}

/** Reads the declarations of the file at `path`. */
export function readModule(path: string, code: string): Module {
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
export function declaredBy(statement: ts.Statement): readonly string[] {
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

/** The names that a statement uses, except those of members and parameters. */
export function identifiersIn(statement: ts.Statement): ReadonlySet<string> {
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

/** A module specifier, without quotes. */
export function textOf(specifier: ts.Expression): string {
  return (specifier as ts.StringLiteral).text;
}
