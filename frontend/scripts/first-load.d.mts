/** The most that a first visit to any page may load, in bytes as sent with gzip. */
export const LIMIT_BYTES: number;

/** What a first visit loads before a page works, of the built pages in `out`: the HTML `file`, style sheets, scripts. */
export function firstLoad(out: string, file: string): Promise<{ bytes: number; files: number }>;
