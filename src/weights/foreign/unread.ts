/**
 * Thrown at a node that isn't read: `message` follows `it is` in an error. It is no `Error`,
 * whose stack would be made for each node of a file that has no others.
 */
export class Unread {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/**
 * Refuses a constant that has neither one value nor one for each channel.
 *
 * @param what The node, for the error: `"an Add"`.
 * @param layout The axes of what it is added to or multiplied by, a letter each.
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
