/**
 * Thrown for an unsupported node. `message` follows `it is` in an error. It isn't an
 * `Error`: building a stack trace would be slow for a file full of unsupported nodes.
 */
export class Unread {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * Refuses a constant that has neither one value nor one per channel.
 *
 * @param what The node, for the error: `"an Add"`.
 * @param layout The axes of the other operand, one letter each: `"NHWC"`.
 */
export function assertPerChannel(
  what: string,
  { shape }: { readonly shape: readonly number[] },
  layout: string,
): void {
  const axes = shape.flatMap((extent, i) =>
    extent === 1 ? [] : layout[layout.length - shape.length + i] ?? "?"
  );
  if (shape.length <= layout.length && ["", "C"].includes(axes.join(""))) {
    return;
  }
  throw new Unread(
    `${what} of [${shape}], which isn't one value nor one a channel`,
  );
}
