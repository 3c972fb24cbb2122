import { ArgumentError, StorageError } from "../../errors.ts";
import { displaySource } from "../../io/address.ts";
import { mayReadVariable, readVariable } from "../../runtime/environment.ts";

/** The server of buckets, and its access keys. */
export interface S3Settings {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The token of temporary keys. */
  readonly sessionToken: string | undefined;
  readonly region: string;
  /** The URL of a server other than Amazon's. */
  readonly endpoint: URL | undefined;
}

/** The environment variables in use. Other tools use the same names. */
export const S3_VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
] as const;

const KEY_NAMES = S3_VARIABLES.slice(0, 2);

/** Functions to read variables, and to check whether that is allowed. */
const ENVIRONMENT = { read: readVariable, mayRead: mayReadVariable };

/**
 * Reads the settings from environment variables.
 *
 * @throws {StorageError} When there are no keys.
 * @throws {ArgumentError} When the endpoint isn't an address.
 */
export async function readS3Settings(
  { read, mayRead }: typeof ENVIRONMENT = ENVIRONMENT,
): Promise<S3Settings> {
  const values = new Map<string, string | undefined>();
  // An empty variable counts as not set.
  for (const name of S3_VARIABLES) {
    values.set(name, await read(name) || undefined);
  }
  const [id, secret, token, region, defaultRegion, ...endpoints] = values
    .values();
  if (id === undefined || secret === undefined) {
    const readable = await Promise.all(KEY_NAMES.map(mayRead));
    const isSet = [id, secret].map((it) => it !== undefined);
    throw missingKeys(
      KEY_NAMES.filter((_, i) => !isSet[i]),
      readable.every(Boolean),
    );
  }
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    sessionToken: token,
    region: region ?? defaultRegion ?? "us-east-1",
    endpoint: parseEndpoint(endpoints.find((it) => it !== undefined)),
  };
}

function missingKeys(
  names: readonly string[],
  areReadable: boolean,
): StorageError {
  return new StorageError(
    `Cannot use buckets as the environment variables ${
      KEY_NAMES.join(" and ")
    } must have the keys: ${names.join(" and ")} ${
      names.length === 1 ? "isn't" : "aren't"
    } ${
      areReadable
        ? "set"
        : `readable. Run Deno with --allow-env=${S3_VARIABLES.join(",")}`
    }`,
  );
}

function parseEndpoint(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url !== undefined && /^https?:$/.test(url.protocol) &&
    url.search + url.hash + url.username + url.password === "";
  if (isPlain) return url;
  throw new ArgumentError(
    `Cannot use buckets as AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL must be an address such as https://host:9000: current value is ${
      displaySource(text)
    }`,
  );
}
