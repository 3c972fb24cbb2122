/** Serves the files of the current folder at `https://example.org/`. */
const fetched = globalThis.fetch;

globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (url.origin !== "https://example.org") return await fetched(input, init);
  init?.signal?.throwIfAborted();
  try {
    const bytes = await Deno.readFile(`.${url.pathname}`);
    const headers = { "Content-Length": String(bytes.length) };
    return new Response(bytes, { headers });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return new Response("Not found", { status: 404 });
    }
    throw error;
  }
};
