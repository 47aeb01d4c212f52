"use client";

import { useEffect, useRef } from "react";

/**
 * Show a title on the tab while mounted; afterwards the page's own, unless another page is shown. The page's
 * own title may be set late, since metadata loads in parallel; it is then kept for afterwards.
 */
export function usePageTitle(title: string): void {
  const shown = useRef(title);
  useEffect(() => {
    const path = location.pathname;
    let own = document.title;
    const hold = new MutationObserver(() => {
      if (location.pathname !== path || document.title === shown.current) return;
      own = document.title;
      document.title = shown.current;
    });
    hold.observe(document.head, { childList: true, subtree: true, characterData: true });
    return () => {
      hold.disconnect();
      if (document.title === shown.current) document.title = own;
    };
  }, []);
  useEffect(() => {
    shown.current = title;
    document.title = title;
  }, [title]);
}
