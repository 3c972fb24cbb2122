/** Texts for system error codes, to follow a file's name. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EEXIST: "a part of its path is not a folder",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "its permissions don't allow it",
  EPERM: "its permissions don't allow it",
  EBUSY: "another program has it open",
  ETXTBSY: "it is a program that is running",
  EROFS: "the file system is read-only: choose another place",
  ENOSPC: "the disk is full: free some space, or choose another disk",
  EDQUOT: "the disk quota is used up: free some space, or choose another disk",
  EFBIG: "it would be too large for its file system",
  ENAMETOOLONG: "its name is too long",
  EILSEQ: "the file system doesn't accept its name",
  ENOTEMPTY: "the folder isn't empty",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open: raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "there isn't enough memory",
  EIO: "the disk reports a fault",
  ENXIO: "no program or device is behind it",
  ENODEV: "no device is behind it",
  ESTALE: "the file system's server has lost it",
  EADDRNOTAVAIL: "this machine has no such address",
};

/** The code of a system error, such as `ENOSPC`; `undefined` for other errors. */
export function systemCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && /^E[A-Z\d]+$/.test(code)
    ? code
    : undefined;
}

/** The text for a system error; `undefined` if there is none. */
export function systemReason(error: unknown): string | undefined {
  return REASONS[systemCode(error) ?? ""];
}
