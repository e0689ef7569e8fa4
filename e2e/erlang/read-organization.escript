#!/usr/bin/env escript
%% Prints what mix hex 2.5.2 reads of an organization's key in a hex.config.
main([File]) ->
    {ok, Entries} = file:consult(File),
    #{<<"hexpm:acme">> := Repo} = proplists:get_value('$repos', Entries),
    io:format("~s ~p ~p~n", [maps:get(auth_key, Repo), maps:get(auth_key_owner, Repo, unknown), lists:sort(maps:keys(Repo))]).
