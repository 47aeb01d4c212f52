"use client";

import { WifiOff } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useTranslations } from "use-intl";

function subscribe(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

/** Says that there is no connection while the browser knows of none. */
export function OfflineBanner() {
  const t = useTranslations("common");
  const online = useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
  if (online) return null;
  return (
    <p
      role="alert"
      className="flex items-center justify-center gap-2 border-b border-line bg-unclear-tint px-4 py-2 text-sm"
    >
      <WifiOff aria-hidden className="size-4" />
      {t("offline")}
    </p>
  );
}
