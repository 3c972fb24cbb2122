/**
 * Signatures of formats at `offset`, as Latin-1 text. If one is a prefix of another,
 * the longer one comes first.
 */
const SIGNATURES: readonly {
  readonly name: string;
  readonly start: string;
  readonly offset?: number;
}[] = [
  { name: "JPEG XL", start: "\xff\x0a" },
  { name: "JPEG XL", start: "\0\0\0\x0cJXL \r\n\x87\n" },
  { name: "JPEG 2000", start: "\0\0\0\x0cjP  \r\n\x87\n" },
  { name: "JPEG 2000", start: "\xff\x4f\xff\x51" },
  { name: "RAW photo", start: "ftypcrx", offset: 4 },
  { name: "RAW photo", start: "IIRO" },
  { name: "RAW photo", start: "IIRS" },
  { name: "RAW photo", start: "MMOR" },
  { name: "RAW photo", start: "IIU\0" },
  { name: "RAW photo", start: "FUJIFILMCCD-RAW" },
  { name: "RAW photo", start: "FOVb" },
  { name: "MP4 video", start: "ftyp", offset: 4 },
  { name: "PDF", start: "%PDF-" },
  { name: "Photoshop PSD", start: "8BPS" },
  { name: "OpenEXR", start: "v/1\x01" },
  { name: "Radiance HDR", start: "#?RADIANCE" },
  { name: "QOI", start: "qoif" },
  { name: "DDS", start: "DDS " },
  { name: "ICO", start: "\0\0\x01\0" },
  { name: "WAV audio", start: "WAVE", offset: 8 },
  { name: "AVI video", start: "AVI ", offset: 8 },
  { name: "WebM video", start: "\x1a\x45\xdf\xa3" },
  { name: "ZIP archive", start: "PK\x03\x04" },
  { name: "gzip archive", start: "\x1f\x8b" },
];

/** How far into a text file its root element may begin, in bytes. */
const TEXT_WINDOW = 1024;

/**
 * Names a format that Totem doesn't decode from its first bytes.
 *
 * @returns A name such as `"PDF"` or `"JPEG XL"`; `undefined` for an unknown format or
 * too few bytes.
 */
export function nameForeignFormat(bytes: Uint8Array): string | undefined {
  const head = String.fromCharCode(...bytes.subarray(0, TEXT_WINDOW));
  // Its brand says whether it is an image or a video.
  if (head.startsWith("ftyp", 4) && head.length < 12) return undefined;
  for (const { name, start, offset = 0 } of SIGNATURES) {
    if (head.startsWith(start, offset)) return name;
  }
  if (/^P[1-7]\s/.test(head)) return "PNM";
  if (/<svg[\s>]/i.test(head)) return "SVG";
  if (/^(\xef\xbb\xbf)?\s*<(!doctype html|html)/i.test(head)) return "HTML";
  return undefined;
}

/** Advice for a file in an unsupported image format, or one that isn't an image. */
export function wayOut(format: string): string {
  switch (format) {
    case "RAW photo":
      return "export it as JPEG or TIFF first";
    case "PDF":
      return "save a page of it as JPEG or PNG first";
    case "SVG":
      return "draw it as PNG first";
    case "HTML":
      return "it is a web page, so give the address or the file of an image";
  }
  if (format.endsWith("video")) {
    return "save one of its frames as JPEG or PNG first";
  }
  if (format.endsWith("archive")) return "unpack it first";
  if (format.endsWith("audio")) return "it has no picture";
  return "convert it to JPEG or PNG first";
}
