import type { Row } from "@/history/row";

const COLUMNS = [
  "file",
  "type",
  "state",
  "verdict",
  "estimated_probability",
  "error",
  "size_bytes",
  "duration_seconds",
  "created_at",
  "completed_at",
  "files_expire_at",
  "signed_record",
  "signed_ai",
  "trace",
  "range_low",
  "range_high",
  "threshold",
  "persons",
  "reasons",
  "model",
  "model_version",
  "sha256",
  "job_id",
  "link",
] as const;

/**
 * A table of rows as RFC 4180 has it, with a byte order mark, by which spreadsheets recognise UTF-8. Times are ISO 8601 in
 * UTC; a missing estimate is an empty cell. Links start with `origin`.
 */
export function toCsv(rows: readonly Row[], origin: string): string {
  const lines = [COLUMNS.join(","), ...rows.map((row) => cells(row, origin).map(cell).join(","))];
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

function cells(row: Row, origin: string): (string | number | null)[] {
  return [
    row.name,
    row.kind,
    row.state,
    row.verdict,
    row.estimate,
    row.errorCode,
    row.sizeBytes,
    row.durationMs === null ? null : row.durationMs / 1000,
    row.createdAt,
    row.completedAt,
    row.expiresAt,
    row.signedRecord,
    row.signedAi,
    row.trace,
    row.range?.[0] ?? null,
    row.range?.[1] ?? null,
    row.threshold,
    row.persons,
    row.reasons.join(" ") || null,
    row.bundle,
    row.bundleVersion,
    row.sha256,
    row.id,
    `${origin}/result/?id=${encodeURIComponent(row.id)}`,
  ];
}

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  // File names are untrusted: a spreadsheet must not take one for a formula.
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
