import { describeOutcomes } from "../describe-outcomes.ts";
import { signInOutcomes } from "../outcomes/account-outcomes.ts";

describeOutcomes(signInOutcomes);
