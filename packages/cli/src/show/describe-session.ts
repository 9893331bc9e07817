import { describeHolder } from '@ormutex/core'
import type { SurveyedHolder, SurveyedWaiter } from '@ormutex/core/sql'

/** `session 12 (shop-1:4711, app@10.0.0.7)`: who somebody is, without the times. */
export function describeSession({ sessionId, label, user, host }: SurveyedHolder | SurveyedWaiter): string {
  return describeHolder({
    sessionId,
    ...(label !== undefined && { label }),
    ...(user !== undefined && { user }),
    ...(host !== undefined && { host }),
  })
}
