/** Whether a pixel of RGBA `data` isn't opaque. */
export function hasAlpha(data: Uint8ClampedArray | Uint8Array): boolean {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return true;
  return false;
}

/** Composites RGBA of straight alpha over white, in place. Every alpha becomes 255. */
export function flattenOverWhite(data: Uint8ClampedArray | Uint8Array): void {
  for (let i = 0; i < data.length; i += 4) {
    const alpha = data[i + 3]!;
    if (alpha === 255) continue;
    data[i] = 255 - scale(255 - data[i]!, alpha);
    data[i + 1] = 255 - scale(255 - data[i + 1]!, alpha);
    data[i + 2] = 255 - scale(255 - data[i + 2]!, alpha);
    data[i + 3] = 255;
  }
}

/** `round(value * alpha / 255)` for bytes, exactly and without a division. */
function scale(value: number, alpha: number): number {
  const product = value * alpha + 128;
  return (product + (product >> 8)) >> 8;
}
