/**
 * The columns of Parquet's schema.
 *
 * @module
 */
import type { SchemaElement, SchemaTree } from "hyparquet";
import { CorruptRunError } from "../../errors.ts";
import { textColumn } from "../columns.ts";
import type { Column } from "../table.ts";

/** A column of a file. */
export interface ParquetColumn {
  readonly column: Column;
  /** The element with the values. */
  readonly leaf: SchemaElement;
  /** The path from the schema's root to that element. */
  readonly nodes: SchemaTree[];
  /** The definition level of a value that isn't null. */
  readonly maxLevel: number;
  /** The definition level of a nonempty list; `undefined` if it isn't a list. */
  readonly listLevel: number | undefined;
}

/** Creates a column; `undefined` if it is nested, or its type isn't supported. */
export function parquetColumn(
  root: SchemaTree,
  tree: SchemaTree,
): ParquetColumn | undefined {
  const nodes = [tree];
  for (let node = tree; node.children.length > 0;) {
    if (node.children.length > 1 || nodes.length === 3) return undefined;
    node = node.children[0]!;
    nodes.push(node);
  }
  const elements = nodes.map(({ element }) => element);
  const isList = isListOf(elements);
  if (!isList && (nodes.length > 1 || isRepeated(tree.element))) {
    return undefined;
  }
  const leaf = elements.at(-1)!;
  const column = columnOf(tree.element.name, leaf);
  if (column === undefined) return undefined;
  const levels = elements.map(isOptional);
  return {
    column: isList ? { ...column, isList } : column,
    leaf,
    nodes: [root, ...nodes],
    maxLevel: levels.filter(Boolean).length,
    listLevel: isList ? levels.slice(0, 2).filter(Boolean).length : undefined,
  };
}

/**
 * Whether elements, each the only child of the one before, form a list of values. A list
 * has three levels, or two in old files.
 */
function isListOf([list, repeated, ...rest]: readonly SchemaElement[]) {
  if (list === undefined || repeated === undefined) return false;
  return (list.converted_type ?? list.logical_type?.type) === "LIST" &&
    !isRepeated(list) && isRepeated(repeated) && !rest.some(isRepeated) &&
    // By the format's rules, elements with these names are structs with one field.
    !(rest.length > 0 &&
      ["array", `${list.name}_tuple`].includes(repeated.name));
}

function isRepeated({ repetition_type }: SchemaElement): boolean {
  return repetition_type === "REPEATED";
}

/** Whether an element adds a definition level. */
function isOptional({ repetition_type }: SchemaElement): boolean {
  return repetition_type !== "REQUIRED";
}

/**
 * The column of a leaf, as it is written to results. Enums and JSON become text,
 * geometries become bytes, and the legacy INT96 becomes a timestamp in microseconds.
 */
function columnOf(name: string, leaf: SchemaElement): Column | undefined {
  const { type, converted_type, logical_type, type_length } = leaf;
  const kind = logical_type?.type ?? converted_type;
  switch (type) {
    case "BOOLEAN":
    case "FLOAT":
    case "DOUBLE":
      return { name, type };
    case "INT96":
      return {
        name,
        type: "INT64",
        converted_type: "TIMESTAMP_MICROS",
        logical_type: {
          type: "TIMESTAMP",
          isAdjustedToUTC: true,
          unit: "MICROS",
        },
      };
    case "BYTE_ARRAY":
      if (["UTF8", "STRING", "ENUM", "JSON"].includes(kind ?? "")) {
        return textColumn(name);
      }
      return isDecimal(leaf) ? decimalColumn(name, leaf) : { name, type };
    case "INT32":
    case "INT64":
      if (isDecimal(leaf)) return decimalColumn(name, leaf);
      return {
        name,
        type,
        ...(converted_type && { converted_type }),
        ...(logical_type?.type && { logical_type: { ...logical_type } }),
      };
    case "FIXED_LEN_BYTE_ARRAY": {
      // A value as long as a photo isn't metadata.
      if (!type_length || !(type_length <= 2 ** 16)) return undefined;
      if (isDecimal(leaf)) return decimalColumn(name, leaf);
      const length = kind === "UUID" ? 16 : kind === "FLOAT16" ? 2 : undefined;
      return {
        name,
        type,
        ...(kind === "INTERVAL" && { converted_type: "INTERVAL" }),
        ...(length === type_length && { logical_type: { type: kind } }),
        type_length,
      };
    }
    default:
      return undefined;
  }
}

function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

function decimalColumn(name: string, leaf: SchemaElement): Column {
  const { type, logical_type, type_length } = leaf;
  const { scale = 0, precision = 0 } = logical_type?.type === "DECIMAL"
    ? logical_type
    : leaf;
  return {
    name,
    type: type!,
    converted_type: "DECIMAL",
    logical_type: { type: "DECIMAL", scale, precision },
    ...(type === "FIXED_LEN_BYTE_ARRAY" && { type_length: type_length! }),
    scale,
    precision,
  };
}

/** The schema of columns. Only `url` can't have nulls. */
export function parquetSchemaOf(columns: readonly Column[]): SchemaElement[] {
  return [
    { name: "root", num_children: columns.length },
    ...columns.flatMap(({ isList, ...leaf }): SchemaElement[] => {
      const repetition_type = leaf.name === "url" ? "REQUIRED" : "OPTIONAL";
      const element = { ...leaf, repetition_type } as SchemaElement;
      if (!isList) return [element];
      return [
        {
          name: leaf.name,
          repetition_type,
          num_children: 1,
          converted_type: "LIST",
          logical_type: { type: "LIST" },
        },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        { ...element, name: "element" },
      ];
    }),
  ];
}

/** @throws {CorruptRunError} When a table lacks a column, or has another type for it. */
export function assertColumns(
  found: readonly Column[],
  expected: readonly Column[],
  where: string,
): void {
  for (const column of expected) {
    const other = found.find(({ name }) => name === column.name);
    if (other === undefined) {
      throw new CorruptRunError(
        `Cannot read ${where} as it has no column "${column.name}"`,
      );
    }
    if (typeOf(other) === typeOf(column)) continue;
    throw new CorruptRunError(
      `Cannot read ${where} as its column "${column.name}" must be of the type ${
        typeOf(column)
      }: current value is ${typeOf(other)}`,
    );
  }
}

/** Everything that determines the representation of values, as text. */
function typeOf(column: Column): string {
  const { type, converted_type, logical_type, type_length, scale } = column;
  return [
    column.isList && "LIST",
    type,
    converted_type ?? logical_type?.type,
    logical_type?.unit,
    type_length,
    scale,
  ].filter((it) => it !== undefined && it !== false).join(" ");
}
