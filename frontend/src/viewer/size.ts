import { useCallback, useState } from "react";

/** The size of an element in CSS pixels, followed as it changes; 0 x 0 before it is measured. */
export function useSize<E extends Element>(): [(element: E | null) => (() => void) | undefined, Size] {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  const attach = useCallback((element: E | null) => {
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize({ width: entry.contentRect.width, height: entry.contentRect.height });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [attach, size];
}

export type Size = { width: number; height: number };
