#!/usr/bin/env escript
%% Reads a hex.config as mix hex does, and prints the write key under the local password (standard input).
main([File]) ->
    {ok, Entries} = file:consult(File),
    {_, Stored} = lists:keyfind('$write_key', 1, Entries),
    #{protected := Protected, iv := Iv, cipher_text := CipherText, cipher_tag := Tag} =
        binary_to_term(decode(Stored)),
    #{alg := <<"PBES2-HS512">> = Alg, enc := <<"A256CBC-HS512">>, p2c := Count, p2s := Salt} =
        binary_to_term(Protected),
    Password = string:trim(io:get_line("")),
    <<MacKey:32/binary, EncKey:32/binary>> =
        crypto:pbkdf2_hmac(sha512, list_to_binary(Password), <<Alg/binary, 0, Salt/binary>>, Count, 64),
    Additional = <<"HEXAPIKEY", Protected/binary>>,
    Signed = <<Additional/binary, Iv/binary, CipherText/binary, (bit_size(Additional)):64>>,
    <<Tag:32/binary, _/binary>> = crypto:mac(hmac, sha512, MacKey, Signed),
    Options = [{encrypt, false}, {padding, pkcs_padding}],
    io:put_chars(crypto:crypto_one_time(aes_256_cbc, EncKey, Iv, CipherText, Options)).

%% base64url, without padding.
decode(Text) ->
    Plain = << <<(case C of $- -> $+; $_ -> $/; _ -> C end)>> || <<C>> <= Text >>,
    Padding = binary:copy(<<"=">>, (4 - byte_size(Plain) rem 4) rem 4),
    base64:decode(<<Plain/binary, Padding/binary>>).
