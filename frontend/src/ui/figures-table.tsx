import type { ReactNode } from "react";

type Props = {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly ReactNode[])[];
  /** How many columns from the left are words; those after them are figures, set to the right. */
  words?: number;
};

/** A table of figures whose first column names the row. */
export function FiguresTable({ caption, columns, rows, words = 1 }: Props) {
  const side = (place: number) => (place < words ? "text-left" : "text-right");
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={caption}>
      <table className="w-full text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead>
          <tr className="border-b border-control">
            {columns.map((column, place) => (
              <th
                key={column}
                scope="col"
                className={`py-2 pl-2 sm:pl-3 align-bottom font-semibold first:pl-0 ${side(place)}`}
              >
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, number) => (
            <tr key={number} className="border-b border-line align-baseline last:border-0">
              {row.map((cell, place) =>
                place === 0 ? (
                  <th key={place} scope="row" className="py-1.5 text-left font-normal break-words">
                    {cell}
                  </th>
                ) : (
                  <td key={place} className={`py-1.5 pl-2 sm:pl-3 ${side(place)}`}>
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
