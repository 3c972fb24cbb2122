/**
 * Attributes of ONNX nodes (`AttributeProto`), and settings that are attributes in old opsets
 * and inputs in new ones.
 *
 * @module
 */
import { CorruptWeightsError } from "../../errors.ts";
import type { ProtoMessage } from "../protobuf.ts";
import type { OnnxNode } from "./model.ts";
import { constantAt, nodeText, type Reading } from "./values.ts";

/** Maximum number of values in an attribute. Pads of four axes have eight. */
const MOST = 64;

export function intOf(node: OnnxNode, name: string, usual: number): number {
  return node.attribute(name)?.int(3) ?? usual;
}

export function floatOf(node: OnnxNode, name: string, usual: number): number {
  return node.attribute(name)?.float(2) ?? usual;
}

export function intsOf(
  node: OnnxNode,
  name: string,
): readonly number[] | undefined {
  return node.attribute(name)?.ints(8, MOST);
}

export function textOf(node: OnnxNode, name: string, usual: string): string {
  return node.attribute(name)?.text(4) ?? usual;
}

export function tensorOf(
  node: OnnxNode,
  name: string,
): ProtoMessage | undefined {
  return node.attribute(name)?.message(
    5,
    `the tensor of ${nodeText(node)}`,
  );
}

/** An attribute of two numbers, for height and width. */
export function pairOf(
  node: OnnxNode,
  name: string,
  usual?: readonly [number, number],
): readonly [height: number, width: number] {
  const values = intsOf(node, name) ?? usual;
  const [height = 0, width = 0] = values ?? [];
  if (values?.length === 2 && height >= 1 && width >= 1) return [height, width];
  throw new CorruptWeightsError(
    `Cannot import ${
      nodeText(node)
    } as its ${name} must be two whole numbers >= 1: ${
      values === undefined ? "it is absent" : `it is [${values}]`
    }`,
  );
}

/** Integers from an attribute (old opsets) or an input (new opsets). */
export function settingOf(
  reading: Reading,
  name: string,
  input: number,
): readonly number[] | undefined {
  return intsOf(reading.node, name) ??
    constantAt(reading, input)?.ints(MOST);
}
