/**
 * Loads the code of all formats, which is otherwise loaded with the first image of a
 * format: by then a server might have no file descriptor left.
 */
export async function loadDecoders(): Promise<void> {
  await Promise.all([
    import("./read_header.ts"),
    import("./jpeg/decode_rows.ts"),
    import("./jpeg/modules/jpeg.ts"),
    import("./png/decode_rows.ts"),
    import("./png/modules/png.ts"),
    import("./webp/decode_rows.ts"),
    import("./webp/modules/webp.ts"),
    import("./avif/decode_rows.ts"),
    import("./avif/modules/avif.ts"),
    import("./heic/decode_rows.ts"),
    import("./bmp/decode_rows.ts"),
    import("./gif/decode_rows.ts"),
    import("./tiff/decode_rows.ts"),
    import("./tiff/inflate.ts"),
    import("./tiff/jpeg_part.ts"),
    import("./png/animation.ts"),
    import("./preprocess_frames.ts"),
  ]);
}
