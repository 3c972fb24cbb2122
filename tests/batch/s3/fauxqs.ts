import type { S3Settings } from "../../../src/batch/s3/settings.ts";

/** The subset of the package that is used here. */
interface App {
  removeContentTypeParser(type: string): void;
  addContentTypeParser(
    type: string,
    options: { readonly parseAs: "buffer"; readonly bodyLimit: number },
    parse: (
      request: unknown,
      body: unknown,
      done: (error: null, body: unknown) => void,
    ) => void,
  ): void;
  listen(at: { readonly host: string; readonly port: number }): Promise<string>;
  close(): Promise<void>;
}

/** A third-party server of buckets. */
export interface Fauxqs extends AsyncDisposable {
  readonly settings: S3Settings;
  /** Environment variables for its clients. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts it in this process, with empty buckets. */
export async function startFauxqs(
  ...buckets: readonly string[]
): Promise<Fauxqs> {
  // A variable, since its types would bring others for Node, which would replace ours.
  const name = "fauxqs";
  const { buildApp } = await import(name);
  const app: App = buildApp({ logger: false });
  // Its own parser limits bodies to 11 MiB, and models are larger.
  app.removeContentTypeParser("*");
  app.addContentTypeParser(
    "*",
    { parseAs: "buffer", bodyLimit: 2 ** 28 },
    (_, body, done) => done(null, body),
  );
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  for (const bucket of buckets) {
    const made = await fetch(`${address}/${bucket}`, { method: "PUT" });
    await made.body?.cancel();
  }
  const keys = { accessKeyId: "tests-id", secretAccessKey: "tests-secret" };
  return {
    settings: {
      ...keys,
      sessionToken: undefined,
      region: "us-east-1",
      endpoint: new URL(address),
    },
    env: {
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
      AWS_REGION: "us-east-1",
      AWS_ENDPOINT_URL_S3: address,
    },
    [Symbol.asyncDispose]: () => app.close(),
  };
}
