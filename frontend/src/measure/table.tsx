import type { ReactNode } from "react";

type Props = { caption: string; columns: readonly string[]; rows: readonly (readonly ReactNode[])[] };

/** A table of figures whose first column names the row. */
export function Table({ caption, columns, rows }: Props) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="w-full text-right text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-control">
            {columns.map((column) => (
              <th
                key={column}
                scope="col"
                className="py-2 pl-3 align-bottom font-semibold first:pl-0 first:text-left"
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={number} className="border-b border-line last:border-0">
              {row.map((cell, place) =>
                place === 0 ? (
                  <th key={place} scope="row" className="py-1.5 text-left font-normal break-words">
                    {cell}
                  </th>
                ) : (
                  <td key={place} className="py-1.5 pl-3 whitespace-nowrap">
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
