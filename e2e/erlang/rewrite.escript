#!/usr/bin/env escript
%% Rewrites a hex.config in place as mix hex does when it changes a setting.
main([File]) ->
    {ok, Entries} = file:consult(File),
    Changed = lists:keystore(http_timeout, 1, Entries, {http_timeout, 30}),
    ok = file:write_file(File, [[io_lib:print(Entry), ".\n"] || Entry <- Changed]).
