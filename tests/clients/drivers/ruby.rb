# Makes the calls of the story by the clients that openapi-generator's `ruby` writes, with Faraday.
#
# Reads one call from each line of standard input, prints one answer for it.

require 'json'
require 'pathname'
require 'time'
require 'uri'

%w[directory governance identity organisations].each { |document| require "charter_#{document}" }

# The clients leave the writing of moments to `Time#to_json`, which is no RFC 3339 without Rails.
class Time
  def to_json(*) = iso8601(3).to_json
end

def answer(call)
  client = Object.const_get("Charter#{call['document'].capitalize}")
  settings = client::Configuration.new
  address = URI(ENV.fetch('CHARTER_ADDRESS'))
  settings.scheme = address.scheme
  settings.host = address.authority
  settings.server_index = nil
  settings.access_token = call['token']
  settings.api_key['X-Api-Key'] = call['key'] if call['key']
  api = client.const_get("#{call['tag']}Api").new(client::ApiClient.new(settings))
  method = api.method("#{snake(call['operation'])}_with_http_info")
  data, status, headers = method.call(*arguments(client, method, call))
  told(status, headers, data)
rescue client::ApiError => e
  body = e.response_body.to_s
  problem = client::Problem.build_from_hash(JSON.parse(body)) unless body.empty?
  told(e.code, e.response_headers, problem)
end

# The values of the call in the order in which the method takes them.
def arguments(client, method, call)
  values = (call['values'] || {}).transform_keys { |name| snake(name) }
  values[snake(call['body_schema'])] = built(client, call['body_schema'], call['body']) if call.key?('body')
  required = method.parameters.filter_map { |kind, name| name.to_s if kind == :req }
  [*values.values_at(*required), values.except(*required).transform_keys(&:to_sym)]
end

def built(client, schema, body)
  model = client.const_get(schema)
  return model.build_from_hash(body) unless model.respond_to?(:openapi_one_of)

  # Which of several it is, the client finds out by symbols.
  model.build(JSON.parse(JSON.generate(body), symbolize_names: true))
end

def told(status, headers, data)
  body = data.respond_to?(:to_hash) ? data.to_hash : data
  { status: status, headers: headers.transform_keys(&:downcase), body: body }
end

def snake(name)
  name.gsub(/(?<!^)(?=[A-Z])/, '_').gsub(/[^A-Za-z0-9]+/, '_').downcase
end

$stdout.sync = true
$stdin.each_line do |line|
  said = begin
    answer(JSON.parse(line))
  rescue StandardError => e
    { failed: "#{e.class}: #{e.message} #{e.backtrace.first(3)}" }
  end
  puts JSON.generate(said)
end
