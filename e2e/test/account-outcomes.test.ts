import { describeOutcomes } from "../describe-outcomes.ts";
import { accountOutcomes } from "../outcomes/account-outcomes.ts";

describeOutcomes(accountOutcomes);
