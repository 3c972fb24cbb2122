/** Runs `action` as in a page without TLS, which lacks `crypto.subtle`. */
export async function withoutWebCrypto(
  action: () => Promise<void>,
): Promise<void> {
  const { subtle } = Object.getOwnPropertyDescriptors(crypto);
  Object.defineProperty(crypto, "subtle", {
    value: undefined,
    configurable: true,
  });
  try {
    await action();
  } finally {
    if (subtle) Object.defineProperty(crypto, "subtle", subtle);
    else Reflect.deleteProperty(crypto, "subtle");
  }
}
