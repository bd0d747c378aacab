<?php
// Makes the calls of the story by the clients that openapi-generator's `php` writes.
//
// Reads one call from each line of standard input, prints one answer for it. `CHARTER_CLIENTS` is
// the folder of the clients.

declare(strict_types=1);

require 'GuzzleHttp/autoload.php';

spl_autoload_register(function (string $class): void {
    [$charter, $document, $rest] = explode('\\', $class, 3) + ['', '', ''];
    if ($charter === 'Charter') {
        $folder = getenv('CHARTER_CLIENTS') . '/' . strtolower($document) . '/lib/';
        require $folder . str_replace('\\', '/', $rest) . '.php';
    }
});

// PCRE knows no `\u` and takes text for bytes unless it is told otherwise; the clients write the
// documents' patterns as they are (defects/openapi-generator-php-pattern.yaml).
function matches(string $pattern, string $text): int|false
{
    return preg_match(preg_replace('/\\\\u([0-9a-f]{4})/', '\\x{$1}', $pattern) . 'u', $text);
}
foreach (['Directory', 'Governance', 'Identity', 'Organisations'] as $document) {
    foreach (['Api', 'Model'] as $part) {
        eval("namespace Charter\\$document\\$part;
            function preg_match(\$pattern, \$text) { return \\matches(\$pattern, (string) \$text); }");
    }
}

function answer(array $call, mixed $body): array
{
    $client = 'Charter\\' . ucfirst($call['document']);
    $settings = (new ("$client\\Configuration")())->setHost(getenv('CHARTER_ADDRESS'));
    $settings->setAccessToken($call['token'] ?? '');
    if (isset($call['key'])) {
        $settings->setApiKey('X-Api-Key', $call['key']);
    }
    // A redirect is an answer, with an address in it.
    $web = new GuzzleHttp\Client(['allow_redirects' => false]);
    $api = new ("$client\\Api\\{$call['tag']}Api")($web, $settings);
    $values = [];
    foreach ($call['values'] ?? [] as $name => $value) {
        $values[plain($name)] = $value;
    }
    if (array_key_exists('body', $call)) {
        $values[plain($call['body_schema'])] = built("\\$client\\Model\\{$call['body_schema']}", $body);
    }
    $method = new ReflectionMethod($api, $call['operation'] . 'WithHttpInfo');
    $arguments = [];
    foreach ($method->getParameters() as $parameter) {
        if (array_key_exists(plain($parameter->name), $values)) {
            $arguments[$parameter->name] = $values[plain($parameter->name)];
        }
    }
    try {
        [$data, $status, $headers] = $method->invoke($api, ...$arguments);
    } catch (Exception $refused) {
        if (!is_a($refused, "$client\\ApiException")) {
            throw $refused;
        }
        [$data, $status, $headers] =
            [$refused->getResponseObject(), $refused->getCode(), $refused->getResponseHeaders()];
    }
    // Otherwise moments lose what is less than a second.
    ("$client\\ObjectSerializer")::setDateTimeFormat('Y-m-d\TH:i:s.vP');
    $written = ["$client\\ObjectSerializer", 'sanitizeForSerialization'];
    return [
        'status' => $status,
        'headers' => array_change_key_case(array_map(fn ($values) => implode(', ', $values), $headers)),
        'body' => $data === null ? null : $written($data),
    ];
}

// The body of the client's own models, as somebody would who writes a program with it: an array
// of members for each.
function built(string $type, mixed $value): mixed
{
    if (str_ends_with($type, '[]') && is_array($value)) {
        return array_map(fn ($item) => built(substr($type, 0, -2), $item), $value);
    }
    if (preg_match('/^array<string,(.*)>$/', $type, $inner) && is_object($value)) {
        return array_map(fn ($item) => built($inner[1], $item), (array) $value);
    }
    if ($type === '\DateTime' && $value !== null) {
        return new DateTime($value);
    }
    // Of one of several the client knows what objects may have, and nothing of lists and scalars.
    if (is_array($value) && is_a($type, JsonSerializable::class, true)) {
        return array_map(fn ($item) => built($type, $item), $value);
    }
    if (!is_object($value) || !is_a($type, JsonSerializable::class, true)) {
        return $value;
    }
    $members = [];
    $names = array_flip($type::attributeMap());
    foreach ((array) $value as $name => $member) {
        $members[$names[$name]] = built($type::openAPITypes()[$names[$name]], $member);
    }
    return new $type($members);
}

/** What is left of a name whatever the manner of writing it. */
function plain(string $name): string
{
    return preg_replace('/[^a-z0-9]/', '', strtolower($name));
}

while (($line = fgets(STDIN)) !== false) {
    try {
        $said = answer(json_decode($line, true), json_decode($line)->body ?? null);
    } catch (Throwable $error) {
        $said = ['failed' => get_class($error) . ': ' . $error->getMessage() . ' ' . $error->getTraceAsString()];
    }
    echo json_encode($said, JSON_PRESERVE_ZERO_FRACTION), "\n";
}
