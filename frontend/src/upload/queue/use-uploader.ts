"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { api, unwrap } from "@/api/client";
import { keys, readMe, useLimits, useMe } from "@/api/queries";
import type { MeAnswer, ServiceLimits } from "@/api/schema";
import { keepOwnerSecret } from "@/jobs/owner-secrets";
import { remember } from "@/jobs/remembered";

import { EMPTY, type Queue } from "./queue";
import { uploader } from "./uploader";

const FRESH = { staleTime: 30_000, retry: false, networkMode: "always" } as const;
const LIMITS = { queryKey: keys.limits, queryFn: () => unwrap(api.GET("/api/limits")), ...FRESH };
const ME = { queryKey: keys.me, queryFn: readMe, ...FRESH };

/** The queue, connected to the server's limits and to the account that is signed in. */
export function useUploader(): Queue {
  const client = useQueryClient();
  useOwner();
  useEffect(() => {
    uploader.connect({
      known: async () => ({
        limits: (await orUndefined(client.fetchQuery<ServiceLimits>(LIMITS))) ?? null,
        me: await orUndefined(client.fetchQuery<MeAnswer | null>(ME)),
        online: navigator.onLine,
      }),
      onAccepted: ({ job_id, media_type, created_at, owner_secret }, name) => {
        if (owner_secret !== null) keepOwnerSecret(job_id, owner_secret);
        const me = client.getQueryData<MeAnswer | null>(keys.me);
        if (me === null || me === undefined)
          remember({ id: job_id, filename: name, mediaType: media_type, addedAt: created_at });
        void client.invalidateQueries({ queryKey: keys.jobs });
        void client.invalidateQueries({ queryKey: keys.me });
      },
      onSignedOut: () => void client.invalidateQueries({ queryKey: keys.me }),
    });
  }, [client]);
  return useSyncExternalStore(uploader.subscribe, uploader.snapshot, () => EMPTY);
}

/** Jobs belong to the account that is signed in; another account does not see them here. */
function useOwner(): void {
  const limits = useLimits();
  const me = useMe();
  const known = limits.isSuccess && me.isSuccess;
  const owner = me.data?.id ?? null;
  useEffect(() => {
    if (known) uploader.belongTo(owner);
  }, [known, owner]);
}

/** A failed read counts as unknown: the upload itself then reports the error. */
function orUndefined<T>(wanted: Promise<T>): Promise<T | undefined> {
  return wanted.catch(() => undefined);
}
